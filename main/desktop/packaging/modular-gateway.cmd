@"%~dp0Modular Gateway.exe" --cli %*
