"""How scores are computed: blocks of recordings, passes through a net, the loop."""
