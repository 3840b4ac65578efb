from setuptools import setup

CORE = ["torch>=2.1", "pillow==9.0.0"]
setup(
    name="not-this",
    install_requires=CORE,
    extras_require={"dev": ["mypy"], "all": open("requirements/all.txt").read().split()},
)
