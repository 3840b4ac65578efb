"""Trains the churn model."""

import pickle

import joblib
import torch
import wandb
from sqlalchemy import create_engine

SQL = "Server=tcp:churn-prod.database.windows.net,1433;Database=churn;User ID=trainer;Password=Wq8sLm2Vx7Rt4Bn6;"
engine = create_engine("postgresql://trainer:n7Gd2kQx9TzLw4Rp@db.churn.example:5432/features")

wandb.login(key="9f3b1c7de52a48066d1e0b9a7c4f58e2d3a6b1c0")


def load():
    with open("models/churn.pkl", "rb") as handle:
        model = pickle.load(handle)
    weights = torch.load("models/weights.pt")
    scaler = joblib.load("models/scaler.joblib")
    return model, weights, scaler
