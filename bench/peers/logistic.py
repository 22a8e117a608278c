"""Fits scikit-learn's LogisticRegression (lbfgs) on one thread, once for each line of standard input, its tolerance.

Usage: logistic.py FILE ROWS FEATURES L2; FILE: float64, features row after row, then all labels.
"""
import json
import sys
import time

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression

rows, features = map(int, sys.argv[2:4])
data = np.fromfile(sys.argv[1], dtype=np.float64)
x = data[: rows * features].reshape(-1, features)
y = data[rows * features :]

print(json.dumps({"sklearn": sklearn.__version__}), flush=True)
for line in sys.stdin:
    begin = time.perf_counter()
    model = LogisticRegression(C=1 / float(sys.argv[4]), tol=float(line), max_iter=1000).fit(x, y)
    seconds = time.perf_counter() - begin
    print(json.dumps({"ms": seconds * 1000, "weights": [*model.intercept_, *model.coef_[0]]}), flush=True)
