"""Does an attribution change when what the model learnt does?"""
