# TS 23.222 clause 8.23.4 step 6 and 8.23.2.4: the invoker under test is notified of a revocation.
@sut:invoker @cap:invoker.methods.OAUTH @cap:invoker.grants.client_credentials
Feature: Notification of a revocation at the invoker under test

  Background:
    Given a provider with an exposing function
    And the exposing function offers "location" and "quality" with OAUTH
    And the invoker under test has onboarded for "location" and "quality"
    And the invoker under test has been told to negotiate OAUTH with the exposing function

  @req:23222-8.23.4-07
  Scenario: The invoker acknowledges the notification
    When the exposing function revokes the authorization of the invoker for "location"
    Then the invoker acknowledges the notification
