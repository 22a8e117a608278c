"""Writes scikit-learn's bundled data sets into a folder, and prints what the peers that are installed make of them.

Of each set every third row is held out. `-gaps` are the same rows with a tenth of the values taken away; `-rev` columns
stand in the opposite order.
"""
import csv
import importlib.util
import json
import pathlib
import sys

import numpy as np
from sklearn import datasets
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.preprocessing import StandardScaler

folder = pathlib.Path(sys.argv[1])
TREES, DEPTH, RATE = 60, 3, 0.1


def load():
    cancer = datasets.load_breast_cancer()
    wine = datasets.load_wine()
    iris = datasets.load_iris()
    digits = datasets.load_digits()
    diabetes = datasets.load_diabetes(scaled=False)
    yield "breast-cancer", cancer.data, cancer.target, cancer.feature_names
    yield "wine-0", wine.data, (wine.target == 0) * 1, wine.feature_names
    yield "iris-1-2", iris.data[50:], (iris.target[50:] == 2) * 1, iris.feature_names
    yield "digits-8", digits.data, (digits.target == 8) * 1, digits.feature_names
    yield "diabetes", diabetes.data, diabetes.target, diabetes.feature_names
    gaps = np.random.default_rng(1)
    for name, data in (("breast-cancer-gaps", cancer), ("wine-0-gaps", wine)):
        holed = data.data.copy()
        holed[gaps.random(holed.shape) < 0.1] = np.nan
        yield name, holed, (data.target if name[0] == "b" else (data.target == 0) * 1), data.feature_names


def write(path, names, columns, labels=None):
    with open(path, "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow([*names, *([] if labels is None else ["y"])])
        for at, row in enumerate(columns):
            cells = ["" if np.isnan(value) else repr(float(value)) for value in row]
            out.writerow(cells + ([] if labels is None else [repr(float(labels[at]))]))


def score(classes, y, predicted):
    if not classes:
        return {"error": root_mean_squared_error(y, predicted)}
    return {"error": log_loss(y, predicted), "accuracy": float(((predicted >= 0.5) == y).mean())}


def peers(name, x, y, held):
    classes = name != "diabetes"
    found = {}
    if importlib.util.find_spec("xgboost"):
        import xgboost

        kind = xgboost.XGBClassifier if classes else xgboost.XGBRegressor
        model = kind(n_estimators=TREES, max_depth=DEPTH, learning_rate=RATE, tree_method="hist", n_jobs=1)
        model.fit(x[~held], y[~held])
        predicted = model.predict_proba(x[held])[:, 1] if classes else model.predict(x[held])
        found["xgboost"] = score(classes, y[held], predicted)
    if classes and not np.isnan(x).any():
        # The parts of the mean loss's gradient are comparable where the columns are.
        scaler = StandardScaler().fit(x[~held])
        model = LogisticRegression(C=1.0, tol=1e-10, max_iter=10000, solver="newton-cholesky")
        model.fit(scaler.transform(x[~held]), y[~held])
        predicted = model.predict_proba(scaler.transform(x[held]))[:, 1]
        found["sklearn-logistic"] = score(classes, y[held], predicted)
        names = [f"c{i}" for i in range(x.shape[1])]
        write(folder / f"{name}-scaled.csv", names, scaler.transform(x[~held]), y[~held])
        write(folder / f"{name}-scaled-held.csv", names, scaler.transform(x[held]))
    return found


told = {}
for name, x, y, names in load():
    held = np.arange(len(y)) % 3 == 0
    write(folder / f"{name}.csv", names, x[~held], y[~held])
    write(folder / f"{name}-rev.csv", list(names)[::-1], x[held][:, ::-1])
    (folder / f"{name}-labels.csv").write_text("".join(f"{float(one)!r}\n" for one in y[held]))
    told[name] = {"features": x.shape[1], "held": int(held.sum()), "peers": peers(name, x, y, held)}
print(json.dumps(told))
