"""Methods that hand relevance or differences back through a net, step by step."""
