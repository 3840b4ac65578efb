A = "postgresql://svc:Zk4¦mQ9vT2xLw@db.example.org/a"  # redan: ignore[postgresql-url] until=2999-01-01 -- a test account
# redan: ignore[postgresql-url] until=2999-01-01 -- the next line
B = "postgresql://svc:Xk2¦pR7bN5cVm@db.example.org/b"
C = "postgresql://svc:Lf9¦wD3gH6jKs@db.example.org/c"  # redan: ignore[postgresql-url] until=2001-01-01 -- long over
D = 1  # redan: ignore[postgresql-url] until=2999-01-01 -- matches nothing
