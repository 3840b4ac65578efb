import io
import pickle
from compat import pickle as shim

import numpy as np
import pandas as pd
import torch
import vllm
from fastai.vision.all import load_learner
from langchain_huggingface import HuggingFaceEmbeddings
from torch.utils import model_zoo

a = pickle._Unpickler(f).load()
b = shim.loads(body)
c = pd.HDFStore("store.h5")
d = np.lib.format.read_array(f, allow_pickle=True)
e = model_zoo.load_url(address)
g = vllm.LLM("owner/model", trust_remote_code=True)
h = HuggingFaceEmbeddings(model_name="owner/model", model_kwargs={"trust_remote_code": True})
i = load_learner("export.pkl")
j = torch.load(f, "cpu", pickle)
k = model.load_weights("weights.h5")
l = torch.hub.load("owner/model", "net")
l(image)
m = pickle.loads(body)(image)


class Renaming(pickle._Unpickler):
    def find_class(self, module, name):
        return super().find_class(module.replace("old", "new"), name)


n = Renaming(f).load()
o = Net.load_from_checkpoint("last.ckpt", weights_only=False)
