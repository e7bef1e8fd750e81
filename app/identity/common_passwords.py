"""Passwords that guessers try first, of ten characters or more (shorter ones are refused by length)."""

_WORDS = """
1234567890 0123456789 0987654321 12345678910 123456789a 1q2w3e4r5t 1q2w3e4r5t6y qwertyuiop qwerty12345
qwerty1234 password12 password123 password1234 password12345 passw0rd123 passwordpassword iloveyou123
iloveyou12 letmein123 letmein1234 welcome123 welcome1234 administrator admin12345 admin123456 adminadmin
abcdefghij abcdefghijk abc1234567 abcd123456 1111111111 0000000000 2222222222 5555555555 6666666666
7777777777 8888888888 9999999999 1212121212 1231231234 1234512345 123123123123 asdfghjkl1 asdfghjkl;
asdfasdfasdf zxcvbnm123 zaq12wsxcde qazwsxedcrfv 1qaz2wsx3edc 1qazxsw23edc qwer1234qwer q1w2e3r4t5y6
football123 baseball123 superman123 princess123 sunshine123 dragon1234 monkey1234 michael123 charlie123
changeme123 secret1234 test123456 testtest123 student123 teacher123 school1234 classroom1 mathematics
learning123 masterygraph masterygraph1
"""
COMMON = frozenset(_WORDS.split())
