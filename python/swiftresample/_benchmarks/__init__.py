"""What ``swiftresample bench`` needs: a case of interpolate, the peers' ways to do it, and times.

The package itself imports none of it. benchmarks/ of a checkout adds the other operators.
"""
