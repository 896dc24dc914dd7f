print("mehlsoup")
