print("transport-suite")
