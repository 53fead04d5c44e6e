// The request leaves by itself; without this script the button does it.
document.getElementById("leaving").submit();
