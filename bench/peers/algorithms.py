"""The peers of pca.ts, kmeans.ts and onnx.ts: scikit-learn and ONNX Runtime, one thread, in ms of processor time. Prints JSON. Usage: algorithms.py WHAT FILE ROWS COLUMNS K
FILE has doubles (row after row), or for pca-csv text with one column more, which is dropped."""
import json
import os
import resource
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

# ONNX Runtime keeps a number of the device and sends telemetry unless told not to.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np  # noqa: E402
import sklearn  # noqa: E402

what, path, rows, columns, k = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
# As many as ours.
ROUNDS = 15 if what == "pca" else 25 if what.startswith("onnx") else 5


def timed(run):
    times = []
    for _ in range(ROUNDS + 1):
        begin = time.process_time()
        result = run()
        times.append((time.process_time() - begin) * 1000)
    return times[1:], result


if what == "pca":
    from sklearn.decomposition import PCA

    x = np.fromfile(path).reshape(rows, columns)
    times, (pca, y) = timed(lambda: (p := PCA(n_components=k), p.fit_transform(x)))
    result = {"last": y[-1].tolist(), "components": pca.components_.tolist()}
elif what == "pca-csv":
    from sklearn.decomposition import PCA

    begin = time.process_time()
    x = np.loadtxt(path, delimiter=",")[:, :-1]
    y = PCA(n_components=k).fit_transform(x)
    np.savetxt(os.devnull, y, delimiter=",", fmt="%.17g")
    times, result = [(time.process_time() - begin) * 1000], {}
elif what == "kmeans":
    from sklearn.cluster import KMeans

    x = np.fromfile(path).reshape(rows, columns)
    begin = x[:k].copy()
    times, found = timed(lambda: KMeans(k, init=begin, n_init=1, tol=0, max_iter=300).fit(x))
    result = {"inertia": found.inertia_, "iterations": found.n_iter_}
else:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    shape = [int(size) for size in what.split(":")[1].split("x")]
    x = np.linspace(0, 1, int(np.prod(shape)), dtype=np.float32).reshape(shape)
    times, out = timed(lambda: session.run(None, {session.get_inputs()[0].name: x})[0])
    result = {"sum": float(np.sum(out)), "versions": f"onnxruntime {onnxruntime.__version__}"}

result["times"] = times
result["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
result.setdefault("versions", f"scikit-learn {sklearn.__version__}, numpy {np.__version__}")
print(json.dumps(result))
