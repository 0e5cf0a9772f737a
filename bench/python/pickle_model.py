"""Reads the weights of digits.onnx into a scikit-learn classifier and pickles it with joblib.

Usage: pickle_model.py MODEL.onnx MODEL.pkl. No onnx package is needed: the few messages are read here.
"""

import sys

import joblib
import numpy
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import LabelBinarizer


def fields(data):
    """The fields of a Protocol Buffers message: number and value."""
    position = 0

    def varint():
        nonlocal position
        value = shift = 0
        while True:
            byte = data[position]
            position += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while position < len(data):
        key = varint()
        value = varint()
        if key & 7 == 2:
            position += value
            value = data[position - value : position]
        yield key >> 3, value


def weights(path):
    """Every weight of the model by its name."""
    with open(path, "rb") as file:
        model = file.read()
    graph = dict(fields(model))[7]
    found = {}
    for number, tensor in fields(graph):
        if number != 5:
            continue
        parts = list(fields(tensor))
        shape = [value for number, value in parts if number == 1]
        content = dict(parts)
        found[content[8].decode()] = numpy.frombuffer(content[9], "<f4").reshape(shape)
    return found


def classifier(found):
    """The same network as scikit-learn has it after fit()."""
    layers = len(found) // 2
    model = MLPClassifier(hidden_layer_sizes=[found[f"biases{n}"].size for n in range(1, layers)])
    model.coefs_ = [numpy.ascontiguousarray(found[f"weights{n}"].T) for n in range(1, layers + 1)]
    model.intercepts_ = [found[f"biases{n}"] for n in range(1, layers + 1)]
    model.n_layers_ = layers + 1
    model.n_outputs_ = model.intercepts_[-1].size
    model.out_activation_ = "softmax"
    model.n_features_in_ = model.coefs_[0].shape[0]
    model.classes_ = numpy.arange(model.n_outputs_)
    model._label_binarizer = LabelBinarizer().fit(model.classes_)
    return model


if __name__ == "__main__":
    joblib.dump(classifier(weights(sys.argv[1])), sys.argv[2])
