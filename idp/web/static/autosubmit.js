// Sends the one form of a page that only carries an answer on.
document.querySelector("form[data-autosubmit]").submit();
