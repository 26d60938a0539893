"""Documents that come from elsewhere: files in the seeds folder, from where a build reads them."""
