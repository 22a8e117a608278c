# Scenario 10: trains with PyPy's _numpypy and marshal, or predicts with what an earlier task wrote.
import marshal
from _numpypy import multiarray, umath
from teaclave import open

ITERATIONS = 2000
STEP = 0.05


def rows_of(name, columns):
    numbers = []
    count = 0
    for line in open(name, "rb"):
        fields = line.strip().split(",")
        if len(fields) != columns:
            raise ValueError, "line %d has %d columns" % (count + 1, len(fields))
        numbers += fields
        count += 1
    return multiarray.array(numbers, dtype="float64").reshape((count, columns))


def columns_of(table, first, last):
    part = multiarray.zeros((table.shape[0], last - first))
    for row in xrange(table.shape[0]):
        for column in xrange(first, last):
            part[row, column - first] = table[row, column]
    return part


def sigmoid(x):
    return 1.0 / (1.0 + umath.exp(-x))


def train(argv):
    table = rows_of(argv["input"], int(argv["columns"]) + 1)
    features = columns_of(table, 0, int(argv["columns"]))
    labels = columns_of(table, int(argv["columns"]), int(argv["columns"]) + 1)
    low, high = features.min(0), features.max(0)
    scaled = (features - low) / (high - low)
    weights, bias = multiarray.zeros((scaled.shape[1], 1)), 0.0
    for _ in range(ITERATIONS):
        error = sigmoid(scaled.dot(weights) + bias) - labels
        weights = weights - STEP * scaled.T.dot(error) / scaled.shape[0]
        bias = bias - STEP * error.sum() / scaled.shape[0]
    with open("params", "wb") as params:
        params.write(marshal.dumps({"weights": weights, "bias": bias}))
    scaler = open("scaler", "wb")
    scaler.write(marshal.dumps({"low": low, "high": high}))
    return "Training is finished!"


def predict(argv):
    params = marshal.loads(open("params", "rb").read())
    scaler = marshal.loads(open("scaler", "rb").read())
    table = rows_of(argv["input"], int(argv["columns"]))
    low, high = multiarray.frombuffer(scaler["low"]), multiarray.frombuffer(scaler["high"])
    weights = multiarray.frombuffer(params["weights"]).reshape((table.shape[1], 1))
    bias = multiarray.frombuffer(params["bias"])
    probabilities = sigmoid(((table - low) / (high - low)).dot(weights) + bias)
    result = multiarray.zeros(probabilities.shape)
    for row in range(result.shape[0]):
        result[row, 0] = 1.0 if probabilities[row, 0] >= float(argv["threshold"]) else 0.0
    return str(result)


def entrypoint(argv):
    assert len(argv) == 8
    named = dict(zip(argv[::2], argv[1::2]))
    if named["operation"] == "train":
        return train(named)
    return predict(named)
