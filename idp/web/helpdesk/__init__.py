"""The helpdesk's pages: the platform's own people help schools, and see neither pupils nor which school uses which software (R144, D37).

A process loads these pages when somebody of the platform comes. The rules are those of the packages below; nothing here reads a table of pupils,
names or ECK-iDs, and no page has both a school and a party on it. A test opens every page there is and looks.
"""
