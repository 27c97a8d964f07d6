"""The torch device that a model runs on."""

import torch

from ravs.errors import DeviceError, InputError

DEVICE_TYPES = ("cuda", "xpu", "mps")  # in order of preference; then cpu
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def available_devices() -> dict[str, str]:
    """Names by which devices can be asked for, and what they are: the CPU, and every accelerator."""
    found = {"cpu": torch.backends.cpu.get_cpu_capability()}
    for kind in ("cuda", "xpu"):
        module = getattr(torch, kind)
        for index in range(module.device_count() if module.is_available() else 0):
            found[f"{kind}:{index}"] = module.get_device_name(index)
    return found | ({"mps": "Apple"} if torch.mps.is_available() else {})


def pick_device(name: str = "auto") -> torch.device:
    """The device of this name; 'auto' takes the first one available. Raises DeviceError if it is not."""
    present = [kind for kind in DEVICE_TYPES if getattr(torch, kind).is_available()]
    if name == "auto":
        return torch.device(present[0] if present else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DeviceError(f"--device {name}: no such device. Use auto, cpu, cuda, cuda:1, xpu or mps.") from error
    if device.type not in (*present, "cpu"):
        raise DeviceError(
            f"--device {name}: this PyTorch ({torch.__version__}) has no {device.type.upper()}. "
            "Use --device auto, or install a build that has it."
        )
    count = getattr(torch, device.type).device_count() if device.type in present else 1
    if (device.index or 0) >= count:
        raise DeviceError(f"--device {name}: there are {count} of them, counted from 0. Use --device auto.")
    return device


def pick_dtype(dtype: str | torch.dtype, device: torch.device) -> torch.dtype:
    """The dtype of a name, or torch's as it is; 'auto' is bfloat16 on a GPU that computes in it, else float32.

    Raises: InputError for another name or dtype.
    """
    if dtype == "auto":
        native = device.type == "xpu" or (
            device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        )
        return torch.bfloat16 if native else torch.float32
    found = DTYPES.get(str(dtype).removeprefix("torch."))
    if found is None:
        raise InputError(f"dtype is {dtype!r}; it must be auto, {', '.join(DTYPES)}")
    return found
