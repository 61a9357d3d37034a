"""Does an attribution fall where pathology was planted?"""
