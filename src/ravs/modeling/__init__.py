"""Every method as PyTorch modules: tensors and configuration only."""
