"""`python -m glfnet.cli`: the command `glfnet`."""

from glfnet.cli.main import main

if __name__ == "__main__":
    main()
