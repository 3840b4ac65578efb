# pip install urllib3==1.26.4
MESSAGE = "jinja2==2.11.2 is required"
print(MESSAGE)
