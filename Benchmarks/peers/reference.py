"""Prints the result of a workload after some steps, by NumPy in float64.   reference.py WORKLOAD STEPS"""
import inspect
import sys

import numpy as np

import with_numpy

name, steps = sys.argv[1], int(sys.argv[2])
maker = with_numpy.MAKERS[name]
double = "dtype" in inspect.signature(maker).parameters
print(float((maker(name, np.float64) if double else maker(name))(steps)))
