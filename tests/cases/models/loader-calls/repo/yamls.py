import yaml

a = yaml.load(f, Loader=yaml.FullLoader)
b = yaml.load(f, **options)
c = yaml.load(f, Loader=yaml.Loader)
