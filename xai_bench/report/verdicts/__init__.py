"""Which methods differ, which is likely the best."""
