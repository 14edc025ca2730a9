"""Cases, peers and times: what ``swiftresample bench`` and the programs in benchmarks/ of a checkout measure with.

The package itself imports none of it.
"""
