"""Names inside the files of a model, which those who write and those who read them must share."""

HEADER_KEY = 'depth_nodes'  # in the metadata of .onnx and .safetensors: a JSON object
MULTI_FRAME_NETWORK = 'multi_frame_depth'  # in that object: `network` of one of several frames
# In its metadata: sha256 of the prior bank that a graph was written with.
PRIOR_BANK_KEY = 'prior_bank_sha256'
INPUT_NAME, OUTPUT_NAME = 'image', 'sigmoid_output'  # of the ONNX graph
# Its further inputs where it looks at a frame before; no translation: there is none.
PREVIOUS_NAMES = ('previous_image', 'previous_from_current', 'intrinsics')
ENTROPY_NAME = 'prior_entropy'  # its second output where it looks a prior bank up
# Of a refiner's two graphs: the coarse one makes the maps, depth before features from fine to
# coarse, and the other one takes them.
MAP_NAMES = ('coarse_depth', *(f'coarse_{1 << level}' for level in range(6)))
TILE_NAMES = ('tiles', 'boxes')
RESIDUAL_NAME = 'residual'
