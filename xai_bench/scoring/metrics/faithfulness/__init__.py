"""Does an attribution say what the model uses?"""
