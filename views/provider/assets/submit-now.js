// Without scripts the button is there to be pressed.
document.querySelector('form[data-submit-now] button')?.click();
