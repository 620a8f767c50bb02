"""Networks: GLFNet, one module a file, and the reference networks beside it."""
