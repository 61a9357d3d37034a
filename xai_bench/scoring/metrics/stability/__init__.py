"""How far does an attribution move when the recording changes a little?"""
