"""Models as skl2onnx, onnxmltools and onnx write them, and what native ONNX Runtime answers, for onnx.test.ts.

Usage: onnx_models.py FOLDER: writes NAME.onnx and NAME.csv, prints a JSON list of {name, args, expected}
"""
import csv
import importlib.util
import json
import os
import sys
import warnings

# ONNX Runtime keeps a number of the device and sends telemetry unless told not to.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import (
    BooleanTensorType,
    DoubleTensorType,
    FloatTensorType,
    Int64TensorType,
    StringTensorType,
)
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

warnings.filterwarnings("ignore")
folder = sys.argv[1]
rng = np.random.default_rng(1)
ROWS = 150
X = rng.normal(size=(ROWS, 4)).astype(np.float32)
Y = (X[:, 0] + X[:, 1] * X[:, 2] > 0.2).astype(np.int64)
WORDS = np.array(["low", "mid", "high, very", 'quote "d"', "Zürich"])
three = np.clip(np.floor(X[:, 0] + 1.5), 0, 2).astype(int)
answers = []


def text(value):
    if isinstance(value, (float, np.floating)):
        return "" if np.isnan(value) else repr(float(value))
    return str(value)


def case(name, model, feeds, output=None, table=None, header=None, **args):
    """`feeds`: what native ONNX Runtime gets; `table`: columns of the CSV, by default the feeds in their order."""
    data = model if isinstance(model, bytes) else model.SerializeToString()
    with open(f"{folder}/{name}.onnx", "wb") as file:
        file.write(data)
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    output = output or session.get_outputs()[0].name
    (found,) = session.run([output], feeds)
    if isinstance(found, list):
        found = [list(one.values()) for one in found]
    found = np.asarray(found)
    columns = table or [column for feed in feeds.values() for column in feed.reshape(len(feed), -1).T]
    with open(f"{folder}/{name}.csv", "w", newline="") as file:
        writer = csv.writer(file)
        if header:
            writer.writerow(header)
        writer.writerows([text(column[i]) for column in columns] for i in range(len(columns[0])))
    cells = found.astype(np.int8) if found.dtype == bool else found
    expected = cells.reshape(len(found), -1).tolist()
    if cells.dtype.kind != "f":
        # Integers of 64 bits are no numbers of JSON's readers.
        expected = [[str(one) for one in row] for row in expected]
    if header:
        args["header"] = True
    answers.append({"name": name, "args": {"output": output, **args}, "expected": expected})


def classifier(name, model, labels=Y, **options):
    model.fit(X, labels)
    onx = to_onnx(model, X[:1], **options)
    case(f"{name}-label", onx, {"X": X})
    case(f"{name}-probabilities", onx, {"X": X}, output=onx.graph.output[1].name)


classifier("logistic", LogisticRegression())
classifier("forest", RandomForestClassifier(n_estimators=10, random_state=0), labels=WORDS[three])
classifier("boosting", GradientBoostingClassifier(n_estimators=10, random_state=0), labels=three)
classifier("perceptron", MLPClassifier(hidden_layer_sizes=(8,), max_iter=50, random_state=0), labels=three)
classifier("vectors", SVC(probability=True, random_state=0), labels=three)
classifier("neighbours", KNeighborsClassifier(5), labels=three)
classifier("bayes", GaussianNB(), labels=three)
classifier("pipeline", make_pipeline(StandardScaler(), PCA(3), LogisticRegression()))
classifier("no-zipmap", LogisticRegression(), options={"zipmap": False})
classifier("zipmap-columns", LogisticRegression(), labels=WORDS[three], options={"zipmap": "columns"})

holes = np.where(rng.random(X.shape) < 0.2, np.float32(np.nan), X)
imputer = make_pipeline(SimpleImputer(), LogisticRegression()).fit(holes, Y)
onx = to_onnx(imputer, X[:1])
case("imputer", onx, {"X": holes}, output=onx.graph.output[1].name)
case("kmeans", to_onnx(KMeans(3, n_init=1, random_state=0).fit(X), X[:1]), {"X": X})
case("boosted-regression", to_onnx(GradientBoostingRegressor(n_estimators=10).fit(X, X[:, 1]), X[:1]), {"X": X})
wide = X.astype(np.float64) * 1e6
case(
    "ridge-double",
    to_onnx(Ridge().fit(wide, X[:, 0]), initial_types=[("X", DoubleTensorType([None, 4]))]),
    {"X": wide},
)
outliers = to_onnx(
    IsolationForest(n_estimators=10, random_state=0).fit(X), X[:1], target_opset={"": 15, "ai.onnx.ml": 3}
)
case("isolation-forest", outliers, {"X": X}, output="scores")

age = rng.integers(18, 90, size=(ROWS, 1)).astype(np.int64)
income = rng.normal(size=(ROWS, 1)).astype(np.float32)
sex = WORDS[rng.integers(0, 5, size=(ROWS, 1))].astype(object)
city = WORDS[rng.integers(0, 5, size=(ROWS, 1))].astype(object)


case(
    "one-hot-int64",
    to_onnx(
        OneHotEncoder(sparse_output=False, handle_unknown="ignore").fit(age),
        initial_types=[("X", Int64TensorType([None, 1]))],
    ),
    {"X": age},
)
case(
    "one-hot-string",
    to_onnx(
        OneHotEncoder(sparse_output=False, handle_unknown="ignore").fit(sex[:50]),
        initial_types=[("X", StringTensorType([None, 1]))],
    ),
    {"X": sex},
)

if importlib.util.find_spec("pandas"):
    import pandas

    frame = pandas.DataFrame({"age": age[:, 0], "income": income[:, 0], "sex": sex[:, 0], "city": city[:, 0]})
    mixed = make_pipeline(
        ColumnTransformer(
            [
                ("numbers", StandardScaler(), ["age", "income"]),
                ("words", OneHotEncoder(handle_unknown="ignore"), ["sex", "city"]),
            ]
        ),
        LogisticRegression(),
    ).fit(frame, Y)
    onx = to_onnx(
        mixed,
        initial_types=[
            ("age", Int64TensorType([None, 1])),
            ("income", FloatTensorType([None, 1])),
            ("sex", StringTensorType([None, 1])),
            ("city", StringTensorType([None, 1])),
        ],
    )
    case(
        "column-transformer",
        onx,
        {"age": age, "income": income, "sex": sex, "city": city},
        output=onx.graph.output[1].name,
        table=[city[:, 0], income[:, 0], age[:, 0], np.arange(ROWS), sex[:, 0]],
        header=["city", "income", "age", "id", "sex"],
        extra_columns="ignore",
    )

blocks = ColumnTransformer([("a", StandardScaler(), [0, 1]), ("b", OneHotEncoder(handle_unknown="ignore"), [2, 3])])
table = np.concatenate([X[:, :2].astype(object), sex, city], axis=1)
onx = to_onnx(
    blocks.fit(table),
    initial_types=[("numbers", FloatTensorType([None, 2])), ("words", StringTensorType([None, 2]))],
)
feeds = {"numbers": X[:, :2], "words": np.concatenate([sex, city], axis=1)}
case("blocks", onx, feeds)
case(
    "blocks-by-name",
    onx,
    feeds,
    table=[city[:, 0], X[:, 1], sex[:, 0], X[:, 0]],
    header=["city", "second", "sex", "first"],
    features=["first", "second", "sex", "city"],
)

documents = np.array([f"{a} risk, {b} rate of {c}" for a, b, c in WORDS[rng.integers(0, 5, size=(ROWS, 3))]])
case(
    "tf-idf",
    to_onnx(
        TfidfVectorizer(token_pattern="[a-zA-Z]+").fit(documents),
        initial_types=[("X", StringTensorType([None, 1]))],
        # The default is en_US, which neither small machines nor WebAssembly have.
        options={TfidfVectorizer: {"locale": "C"}},
    ),
    {"X": documents.reshape(-1, 1).astype(object)},
)


def graph(name, nodes, inputs, outputs, feeds, initializers=(), opset=17, **more):
    made = helper.make_graph(nodes, name, inputs, outputs, list(initializers))
    model = helper.make_model(made, ir_version=9, opset_imports=[helper.make_opsetid("", opset)])
    onnx.checker.check_model(model)
    case(name, model, feeds, **more)


def value(name, kind, *dims):
    return helper.make_tensor_value_info(name, kind, list(dims))


def constant(name, values):
    return numpy_helper.from_array(np.asarray(values), name)


flags = rng.random((ROWS, 2)) < 0.5
graph(
    "bool",
    [helper.make_node("Not", ["x"], ["y"])],
    [value("x", TensorProto.BOOL, "n", 2)],
    [value("y", TensorProto.BOOL, "n", 2)],
    {"x": flags},
)
graph(
    "float16",
    [helper.make_node("MatMul", ["x", "w"], ["y"])],
    [value("x", TensorProto.FLOAT16, "n", 4)],
    [value("y", TensorProto.FLOAT16, "n", 2)],
    {"x": X.astype(np.float16)},
    [constant("w", rng.normal(size=(4, 2)).astype(np.float16))],
)
for kind in ("UINT8", "INT8", "UINT16", "INT16", "INT32", "UINT32", "INT64", "UINT64"):
    dtype = np.dtype(kind.lower())
    info = np.iinfo(dtype)
    ends = np.array([[info.min, info.max], [info.max, info.min]], dtype=dtype)
    code = getattr(TensorProto, kind)
    graph(
        kind.lower(),
        [helper.make_node("Identity", ["x"], ["y"])],
        [value("x", code, "n", 2)],
        [value("y", code, "n", 2)],
        {"x": ends},
    )
graph(
    "one-axis",
    [helper.make_node("Neg", ["x"], ["y"])],
    [value("x", TensorProto.FLOAT, "n")],
    [value("y", TensorProto.FLOAT, "n")],
    {"x": X[:, 0]},
)
many = rng.normal(size=(40_000, 2)).astype(np.float32)
graph(
    "mean-of-rows",
    [
        helper.make_node("ReduceMean", ["x"], ["m"], axes=[0]),
        helper.make_node("Sub", ["x", "m"], ["y"]),
    ],
    [value("x", TensorProto.FLOAT, "n", 2)],
    [value("y", TensorProto.FLOAT, "n", 2)],
    {"x": many},
)
graph(
    "batch-of-four",
    [helper.make_node("Softmax", ["x"], ["y"], axis=1)],
    [value("x", TensorProto.FLOAT, 4, 4)],
    [value("y", TensorProto.FLOAT, 4, 4)],
    {"x": X[:4]},
)
pictures = rng.normal(size=(3, 2 * 5 * 6)).astype(np.float32)
graph(
    "pictures",
    [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["c"], ["r"]),
        helper.make_node("GlobalAveragePool", ["r"], ["g"]),
        helper.make_node("Flatten", ["g"], ["y"]),
    ],
    [value("x", TensorProto.FLOAT, "n", 2, "height", "width")],
    [value("y", TensorProto.FLOAT, "n", 3)],
    {"x": pictures.reshape(3, 2, 5, 6)},
    [constant("w", rng.normal(size=(3, 2, 3, 3)).astype(np.float32))],
    row_shape="2x5x6",
)

if all(map(importlib.util.find_spec, ["onnxmltools", "lightgbm"])):
    import lightgbm
    import onnxmltools
    from onnxmltools.convert.common.data_types import FloatTensorType as Floats

    trees = lightgbm.LGBMClassifier(n_estimators=10, num_leaves=7, verbose=-1).fit(X, three)
    onx = onnxmltools.convert_lightgbm(trees, initial_types=[("X", Floats([None, 4]))])
    case("lightgbm-label", onx, {"X": X})
    case("lightgbm-probabilities", onx, {"X": X}, output=onx.graph.output[1].name)
if all(map(importlib.util.find_spec, ["onnxmltools", "xgboost"])):
    import onnxmltools
    import xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType as Floats

    trees = xgboost.XGBClassifier(n_estimators=10, max_depth=3).fit(holes, three)
    onx = onnxmltools.convert_xgboost(trees, initial_types=[("X", Floats([None, 4]))])
    case("xgboost-label", onx, {"X": holes})
    case("xgboost-probabilities", onx, {"X": holes}, output=onx.graph.output[1].name)

json.dump(answers, sys.stdout, default=str)
