"""Names inside the files of a model, which those who write and those who read them must share."""

HEADER_KEY = 'depth_nodes'  # in the metadata of .onnx and .safetensors: a JSON object
INPUT_NAME, OUTPUT_NAME = 'image', 'sigmoid_output'  # of the ONNX graph
