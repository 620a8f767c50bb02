"""From a video to an answer: faces are followed, their movements spotted, and the short ones classified."""
