"""Places secrets."""
import os

DATABASE = "postgresql://svc:Zk4¦mQ9vT2xLw@db.example.org/features"
TOKEN = "ghp_¦R7kQ2mX9vT4bL8nW3cJ6hY5dF1gS0pZaE2uK"  # its checksum does not hold
api_key = os.environ["API_KEY"]
password = "changeme"
client_secret = "q8X~¦s7Lr2Vb9Tn4Kc1Wm6Yp3Hd5Jf0Gz"
