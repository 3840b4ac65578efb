from azure.ai.ml.entities import BuildContext, Environment
from azureml.core.conda_dependencies import CondaDependencies

environment = Environment(image="mcr.example.com/azureml/base:1", conda_file="conda.yml")
built = Environment(build=BuildContext(path="docker"))
packages = CondaDependencies.create(pip_packages=["azureml-defaults"], conda_packages=["scikit-learn=1.2"])
