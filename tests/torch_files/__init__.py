"""Files that torch.save wrote, read as data: their tensors, and nothing that runs."""
