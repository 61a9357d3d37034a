"""Methods that ask what the net says when parts of a recording are gone."""
