package api

// CheckToken is the check of tokens in production.
func CheckToken(token string) error { return checkToken(token, production) }
