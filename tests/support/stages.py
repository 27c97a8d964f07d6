"""What every visual encoder guarantees of its four stages."""

import torch


def check_stages(encoder, side=64):
    """Stages run one by one equal the whole encoder, share no weights, and cover all of them."""
    encoder.eval()
    images = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(0))
    maps, seen = images, []
    for index, (channels, whole) in enumerate(zip(encoder.channels, encoder(images), strict=True)):
        encoder.zero_grad(set_to_none=True)
        maps = encoder.run_stage(index, maps.detach())
        torch.testing.assert_close(maps, whole)
        assert maps.shape == (1, channels, side >> (2 + index), side >> (2 + index))
        maps.square().sum().backward()
        used = {name for name, weight in encoder.named_parameters() if weight.grad is not None}
        own = {id(weight) for module in encoder.stage_modules(index) for weight in module.parameters()}
        assert used == {name for name, weight in encoder.named_parameters() if id(weight) in own}
        seen += used
    assert sorted(seen) == sorted(dict(encoder.named_parameters()))
