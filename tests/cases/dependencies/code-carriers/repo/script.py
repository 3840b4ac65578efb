# /// script
# dependencies = [
#   "rich<14",
# ]
# ///
"""pip install not-this"""
import subprocess
import sys

subprocess.check_call([sys.executable, "-m", "pip", "install", "tqdm==4.66.1"])
