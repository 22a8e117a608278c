"""Trains XGBoost and scikit-learn on one thread, once for each line of standard input; prints a line of JSON each.

Usage: gbdt.py FILE ROWS TEST_ROWS FEATURES TREES DEPTH; FILE: float32, features row after row, then all labels.
"""
import json
import sys
import time

import numpy as np
import sklearn
import xgboost
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

rows, test, features, trees, depth = map(int, sys.argv[2:])
data = np.fromfile(sys.argv[1], dtype=np.float32)
x = data[: (rows + test) * features].reshape(-1, features)
y = data[(rows + test) * features :]


def with_xgboost():
    matrix = xgboost.DMatrix(x[:rows], y[:rows], nthread=1)
    model = xgboost.train(
        {"tree_method": "hist", "max_depth": depth, "eta": 0.1, "nthread": 1, "objective": "binary:logistic"},
        matrix,
        trees,
    )
    return lambda part: model.predict(xgboost.DMatrix(part))


def with_sklearn():
    model = HistGradientBoostingClassifier(
        max_iter=trees, learning_rate=0.1, max_depth=depth, max_leaf_nodes=None, l2_regularization=1.0,
        early_stopping=False,
    ).fit(x[:rows], y[:rows])
    return lambda part: model.predict_proba(part)[:, 1]


PEERS = {"xgboost": with_xgboost, "sklearn": with_sklearn}
print(json.dumps({"xgboost": xgboost.__version__, "sklearn": sklearn.__version__}), flush=True)
for line in sys.stdin:
    begin = time.perf_counter()
    predict = PEERS[line.strip()]()
    seconds = time.perf_counter() - begin
    print(json.dumps({"ms": seconds * 1000, "auc": roc_auc_score(y[rows:], predict(x[rows:]))}), flush=True)
