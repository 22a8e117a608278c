"""Reference answers of scikit-learn for models.test.ts: writes three data sets as CSV, prints JSON.

Usage: models.py FOLDER
"""
import json
import sys

import numpy as np
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

ROWS = 12_000


def interactions(rng):
    x = rng.normal(size=(2 * ROWS, 10))
    return x, np.sin(2 * x[:, 0]) * 1.5 + x[:, 1] * x[:, 2] + (x[:, 3] > 0.5) * x[:, 4] * 2 + x[:, 5]


def whole_numbers(rng):
    """Few distinct values in each column, so that many neighbours are equal."""
    x = rng.integers(0, 12, size=(2 * ROWS, 8)).astype(float)
    return x, 0.3 * (x[:, 0] - 5) + (x[:, 1] % 3 == 1) * 1.5 - (x[:, 2] > x[:, 3]) * 2


def heavy_tails(rng):
    x = rng.standard_t(3, size=(2 * ROWS, 15)) * np.logspace(-2, 2, 15)
    return x, np.tanh(x[:, 0] * 100) + x[:, 7] + np.abs(x[:, 14]) / 100 - 1


def answer(folder, number, make):
    rng = np.random.default_rng(number)
    x, margin = make(rng)
    # What the CSV says is what scikit-learn sees.
    x = x.astype(np.float32).astype(float)
    y = (margin + rng.logistic(size=len(margin)) > 0).astype(float)
    train, test = slice(0, ROWS), slice(ROWS, 2 * ROWS)
    np.savetxt(f"{folder}/train{number}.csv", np.column_stack([x, y])[train], delimiter=",", fmt="%.9g")
    np.savetxt(f"{folder}/test{number}.csv", x[test], delimiter=",", fmt="%.9g")
    np.savetxt(f"{folder}/labels{number}.csv", y[test], fmt="%g")
    histogram = HistGradientBoostingClassifier(
        max_iter=100, learning_rate=0.1, max_depth=6, max_leaf_nodes=None, min_samples_leaf=1,
        l2_regularization=1.0, max_bins=255, early_stopping=False, random_state=0,
    ).fit(x[train], y[train])
    # Not the same trees: the contract's algorithm tells no neighbours apart that are closer than 1e-5.
    exact = GradientBoostingRegressor(
        n_estimators=30, learning_rate=0.1, max_depth=4, random_state=0,
    ).fit(x[train], y[train])
    logistic = LogisticRegression(C=0.5, tol=1e-12, solver="newton-cholesky", max_iter=200).fit(x[train], y[train])
    probability = histogram.predict_proba(x[test])[:, 1]
    return {
        "features": x.shape[1],
        "histogram": roc_auc_score(y[test], probability),
        "exact": roc_auc_score(y[test], exact.predict(x[test])),
        "logistic": [*logistic.intercept_, *logistic.coef_[0]],
        "scores": [float(f"{p:.6f}") for p in probability],
        "log_loss": log_loss(y[test], [float(f"{p:.6f}") for p in probability]),
    }


print(json.dumps([answer(sys.argv[1], i, make) for i, make in enumerate([interactions, whole_numbers, heavy_tails])]))
