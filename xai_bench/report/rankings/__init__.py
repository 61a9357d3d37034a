"""Does the order of methods hold on other recordings? For people to read."""
