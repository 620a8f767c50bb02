"""Arguments in, words out: the commands, in the order of the work. Only this folder prints."""
