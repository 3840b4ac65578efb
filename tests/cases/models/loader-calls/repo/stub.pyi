import pickle

assert_type(pickle.loads(b""), object)
