"""What a school asks of us and cannot have, as a code that pages and commands turn into a sentence."""


class Refused(ValueError):
    """Nothing was changed. `code` is stable; the message is for whoever reads a command's answer and names nobody."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
