"""Prints the result of a workload after some steps, by NumPy in float64.   reference.py WORKLOAD STEPS"""
import sys

import numpy as np

import conv_numpy
import curvature_numpy
import with_numpy

name, steps = sys.argv[1], int(sys.argv[2])
maker = with_numpy.MAKERS[name]
double = maker in (with_numpy.train_network, with_numpy.update, conv_numpy.train, curvature_numpy.curvature)
print(float((maker(name, np.float64) if double else maker(name))(steps)))
