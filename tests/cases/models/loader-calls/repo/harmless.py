import copy
import pickle

import numpy as np
import safetensors.torch
import torch

from .weights import load_weights

a = pickle.loads(pickle.dumps(model))
text = pickle.dumps(model, protocol=5)
b = pickle.loads(text)
c = load_weights("weights.h5")
d = torch.hub.load_state_dict_from_url(address, weights_only=True)
e = np.lib.format.read_array(f, False)


class Trainer:
    def load_from_checkpoint(self, path):
        self.state = read(path)

    def start(self):
        self.load_from_checkpoint("last")


g = safetensors.torch.load(body)
f = Net.load_from_checkpoint("last.ckpt", weights_only=True)
