"""From purchases to a candidate model and its ONNX graph."""
