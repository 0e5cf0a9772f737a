"""The lecture's server: Flask and a pickled model. It answers what the inference app answers."""

import os

import joblib
import numpy
from flask import Flask, jsonify, request

app = Flask(__name__)
model = joblib.load(os.environ["MODEL_PICKLE"])


@app.route("/predict", methods=["POST"])
def predict():
    body = request.get_json()
    images = numpy.asarray([body["image"]] if "image" in body else body["images"], dtype=numpy.float32)
    rows = model.predict_proba(images / numpy.float32(body.get("scale", 255)))
    predictions = [
        {"label": int(row.argmax()), "probabilities": [round(float(share), 6) for share in row]} for row in rows
    ]
    return jsonify(predictions=predictions, pid=os.getpid(), slot=None)


@app.route("/health")
def health():
    return jsonify(status="ok", pid=os.getpid())
